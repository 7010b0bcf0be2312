"""SQL of users in processes of their own, bounded in memory, time and answer, and ended on time whatever they ask."""
