"""Mail queues that people install into Django projects, each in an environment of its own."""
