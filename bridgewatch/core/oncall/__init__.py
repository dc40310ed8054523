"""Who is called, when and why: rosters, the climb from commune to province, the proof of coverage."""
