"""Turns: a crowd is answered in its order, and nobody stands in line for long."""

from __future__ import annotations

import asyncio

from tile_service.serve.turns import MOST, Turns


async def _stay(turns: Turns, number: int, told: list[int], leave: asyncio.Event) -> None:
    async with turns:
        told.append(number)
        await leave.wait()


async def _settle() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


def test_only_so_many_are_answered_at_once_and_the_others_in_their_order() -> None:
    async def crowd() -> None:
        turns, told, leave = Turns(), [], asyncio.Event()
        asked = [asyncio.ensure_future(_stay(turns, n, told, leave)) for n in range(MOST + 5)]
        await _settle()
        assert told == list(range(MOST))
        leave.set()
        await asyncio.gather(*asked)
        assert told == list(range(MOST + 5))
        assert (turns.inside, len(turns.line)) == (0, 0)

    asyncio.run(crowd())


def test_whoever_stands_in_line_behind_slow_answers_is_let_in_all_the_same() -> None:
    async def crowd() -> None:
        turns, told, leave = Turns(), [], asyncio.Event()
        asked = [asyncio.ensure_future(_stay(turns, n, told, leave)) for n in range(MOST + 3)]
        async with asyncio.timeout(10):
            while len(told) < MOST + 3:
                await asyncio.sleep(0.01)
        assert turns.inside == MOST + 3
        leave.set()
        await asyncio.gather(*asked)
        assert (turns.inside, len(turns.line)) == (0, 0)

    asyncio.run(crowd())


def test_a_caller_who_leaves_the_line_takes_no_turn_with_him() -> None:
    async def crowd() -> None:
        turns, told, leave = Turns(), [], asyncio.Event()
        asked = [asyncio.ensure_future(_stay(turns, n, told, leave)) for n in range(MOST + 3)]
        await _settle()
        asked[MOST].cancel()  # first in line
        await _settle()
        leave.set()
        await _settle()
        asked[MOST + 1].cancel()  # called off while its turn comes
        await asyncio.gather(*asked, return_exceptions=True)
        assert MOST not in told
        assert told[-1] == MOST + 2
        assert (turns.inside, len(turns.line)) == (0, 0)

    asyncio.run(crowd())
