"""What went wrong in runs, who is to blame, and the methods that mend it."""
