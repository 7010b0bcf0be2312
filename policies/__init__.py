"""What is allowed: licences, personal data, rules. This package knows no other."""
