"""How tasks are carried out: in this process, on forks of it, or by Beam; journals and identities."""
