"""权限查询: who has which account and permission, by person, by unit, by county."""
