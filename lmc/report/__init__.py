"""What a tuning compared, for people and for other tools: one HTML page, MLflow, OpenTelemetry, Optuna's dashboard."""
