"""The playground in a real browser: Debian's Chromium, headless, driven by playwright."""
