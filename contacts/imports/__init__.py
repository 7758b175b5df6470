"""Importing people from CSV files: how a file is read, what its columns mean, which rows come in.

`detect` says how the file is written, `mapping` guesses what its columns are, `plan` keeps what the
user decided, `judging` reads one row, `loading` brings rows in, `reasons` and `report` tell of them.
"""
