"""进度查询: how far a ticket is, told to who knows its number and the end of its telephone."""
