"""旧台账导入: paper ledgers kept before the system, judged row by row, booked when two agree."""
