"""``slm bench``: how fast an API answers under load.

``load`` sends requests in a closed loop and takes the times, ``summary`` condenses them to
throughput and percentiles, ``grid`` goes through the kinds of load, ``report`` shows the result
as Markdown and SVG. ``make bench`` puts the same to the side of other gateways.
"""
