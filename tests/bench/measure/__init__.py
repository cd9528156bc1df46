"""What every benchmark shares: contenders that take turns, quiet rounds, statistics, output."""
