"""What lmc takes, beside what its peers take: see README.md."""
