"""The benchmark `engines`: Tideline's engines beside what people run today."""
