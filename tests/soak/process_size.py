"""How much memory a process has, as Linux tells it."""

from pathlib import Path


def megabytes(pid: int, field: str = "VmRSS") -> float:
    """A line of /proc/PID/status in MB: VmRSS is what it has now, VmHWM the most that it ever had.

    0 on a system without /proc.
    """
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else ()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(field)), 0.0)
