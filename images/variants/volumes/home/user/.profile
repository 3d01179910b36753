# of the factory
