"""What several rules of a family need: locks, barriers, grace periods, scenarios."""
