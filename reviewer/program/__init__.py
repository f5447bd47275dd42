"""Link: a tree's units as one program; names, who has them, and who calls whom."""
