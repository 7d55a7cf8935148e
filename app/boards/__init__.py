"""进展看板: the open tickets of a process by stage. Acts are done on the page of the ticket."""
