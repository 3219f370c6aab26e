"""What the benchmarks of tables and of the server share: rounds, medians, the terminal's table, JSON, the HTML page."""
