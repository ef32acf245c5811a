"""bench/report.py and what it is made of."""
