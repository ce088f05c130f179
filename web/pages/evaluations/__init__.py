"""The list of evaluations, and the page of one."""
