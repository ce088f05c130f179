"""The people of a school: students, teachers and administrators."""
