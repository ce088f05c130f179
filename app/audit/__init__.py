"""The audit trail: who looked at or changed what. Ids and numbers only."""
