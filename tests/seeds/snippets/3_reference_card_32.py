from flyteplugins.vllm import VLLMAppEnvironment
import flyte

vllm_app = VLLMAppEnvironment(
    name="llm-serving",
    model_hf_path="Qwen/Qwen3-0.6B",
    model_id="qwen",
    resources=flyte.Resources(cpu="4", mem="16Gi", gpu="L40s:1"),
)

if __name__ == "__main__":
    flyte.init_from_config()
    flyte.serve(vllm_app)
