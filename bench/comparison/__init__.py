"""tocsin beside Alertmanager, vmalert and Prometheus under the same load: see bench/compare."""
