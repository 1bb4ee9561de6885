"""Charts as options of ECharts: pure functions from tables to `viz.app.chart.Chart`."""
