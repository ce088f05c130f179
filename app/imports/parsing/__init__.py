"""Reading files of feedback or people: bytes in, what was understood and what is wrong out."""
