"""Publishers that run in the process, each in a Listener of its own (actors/listener.py); load.py is the example.

A module is a callable that takes a Publisher and runs until its Listener is stopped:

    def publish(publisher: Publisher) -> None:
        while True:
            publisher.say([Activity(name="hello")], lease=60.0)
            publisher.wait(20.0)

It is named in the configuration, where whatever else stands in its section becomes its options:

    [modules.hello]
    entry = "my_package.hello:publish"
    user = "alice"

If it raises, its claim is withdrawn and it is started again after a back-off; a Fatal, or too many falls, parks it.
If it returns, it is done until the server starts again.
"""
