"""`python -m app.cli`, for hosts on which the package is not installed."""

from app.cli import main

main(prog_name="terugblik")
