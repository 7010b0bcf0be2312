"""Words around a finding: which raise its score, where they stand, and what stands beside digits."""
