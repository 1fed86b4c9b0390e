"""The auditor's bundle: one folder, or zip, of pages and files that open without a network and without this software."""
