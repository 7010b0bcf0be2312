"""What happened, told to others: OpenLineage events and the outbox that keeps them until they are told."""
