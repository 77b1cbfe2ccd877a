@env.task
async def dynamic_pipeline(config: dict) -> list[str]:
    results = []

    # ‚úÖ Use any Python construct
    for dataset in config["datasets"]:
        try:
            # ‚úÖ Native error handling
            if dataset["type"] == "batch":
                result = await process_batch(dataset)
            else:
                result = await process_stream(dataset)
            results.append(result)
        except ValidationError as e:
            # ‚úÖ Custom error recovery
            result = await handle_error(dataset, e)
            results.append(result)

    return results
