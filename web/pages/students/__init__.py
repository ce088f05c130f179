"""One student in an evaluation: what the student reads, and what the teacher checks."""
