"""What a file would run on the machine that loads it: scanners, verdicts, and the rows that keep them."""
