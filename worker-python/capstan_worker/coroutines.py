"""Actions written with `async def`: each runs in an event loop of its own, on the thread of its call."""

from .call import call_or_none


def settle(result):
    """The result itself, or what it turns out to be once awaited."""
    return _run(result) if hasattr(result, "__await__") else result


def _run(coroutine):
    import asyncio

    async def supervised():
        task = asyncio.ensure_future(coroutine)
        call = call_or_none()
        if call is None:
            return await task
        loop = asyncio.get_running_loop()
        # Cancelling the task is how asynchronous code is told; it may still tidy up on its way out.
        with call.on_cancel(lambda: loop.call_soon_threadsafe(task.cancel)):
            return await task

    return asyncio.run(supervised())
