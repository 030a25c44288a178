"""How well and how cheaply programs are tuned: lmc and its peers on the same LM, behind one meter."""
