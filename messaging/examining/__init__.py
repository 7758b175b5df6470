"""What `manage.py doctor` asks of messaging: a file a subject."""

from messaging.examining import domains, outbox, providers

EXAMINATIONS = (*outbox.EXAMINATIONS, *providers.EXAMINATIONS, *domains.EXAMINATIONS)
