"""GGUF: the sentence-embedding model, rewritten from the safetensors it is published as into the form llama.cpp reads.

Only what this one model (BERT, six layers, mean pooling) needs. Each step is exact or rounds elementwise by IEEE
rules, so every machine writes the same bytes and the result can be pinned by its hash.
"""

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"GGUF"
_VERSION = 3
_ALIGNMENT = 32
_F32, _Q8_0 = 0, 8
_MOSTLY_Q8_0 = 7
_BLOCK = 32
_MEAN_POOLING = 1
_NORMAL_TOKEN, _UNKNOWN_TOKEN, _CONTROL_TOKEN = 1, 2, 3

_EMBEDDINGS = {
    "embeddings.word_embeddings": "token_embd",
    "embeddings.position_embeddings": "position_embd",
    "embeddings.token_type_embeddings": "token_types",
    "embeddings.LayerNorm": "token_embd_norm",
}
_LAYER = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
# llama.cpp adds these to the token embeddings as they are, so they stay in full precision.
_ADDED = frozenset({"position_embd.weight", "token_types.weight"})


@dataclass(frozen=True, slots=True)
class _Tensor:
    name: str
    kind: int
    shape: tuple[int, ...]
    payload: bytes


class _U32(int):
    """A number that GGUF keeps as an unsigned 32-bit integer."""


def write_minilm(source: Path, target: Path) -> None:
    """Read ``model.safetensors``, ``config.json`` and ``vocab.txt`` from the folder ``source``; write ``target``.

    Raises ``ValueError`` or ``KeyError`` when the folder holds a model of another shape.
    """
    config = json.loads((source / "config.json").read_text())
    vocabulary = (source / "vocab.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    metadata = {**_architecture(config), **_tokenizer(vocabulary, config["type_vocab_size"])}
    tensors = list(_tensors(source / "model.safetensors", config["num_hidden_layers"]))
    with target.open("wb") as file:
        _write(file, metadata, tensors)


def _architecture(config: Mapping[str, int]) -> dict[str, object]:
    return {
        "general.architecture": "bert",
        "general.name": "all-MiniLM-L6-v2",
        "general.license": "apache-2.0",
        "general.file_type": _U32(_MOSTLY_Q8_0),
        "general.quantization_version": _U32(2),
        "bert.block_count": _U32(config["num_hidden_layers"]),
        "bert.context_length": _U32(config["max_position_embeddings"]),
        "bert.embedding_length": _U32(config["hidden_size"]),
        "bert.feed_forward_length": _U32(config["intermediate_size"]),
        "bert.attention.head_count": _U32(config["num_attention_heads"]),
        "bert.attention.layer_norm_epsilon": float(config["layer_norm_eps"]),
        "bert.attention.causal": False,
        "bert.pooling_type": _U32(_MEAN_POOLING),
    }


def _tokenizer(vocabulary: Sequence[str], types: int) -> dict[str, object]:
    return {
        "tokenizer.ggml.model": "bert",
        "tokenizer.ggml.token_type_count": _U32(types),
        "tokenizer.ggml.tokens": [_with_visible_start(token) for token in vocabulary],
        "tokenizer.ggml.token_type": [_token_type(token) for token in vocabulary],
        "tokenizer.ggml.bos_token_id": _U32(vocabulary.index("[CLS]")),
        "tokenizer.ggml.cls_token_id": _U32(vocabulary.index("[CLS]")),
        # The format itself spells the separator this way.
        "tokenizer.ggml.seperator_token_id": _U32(vocabulary.index("[SEP]")),
        "tokenizer.ggml.padding_token_id": _U32(vocabulary.index("[PAD]")),
        "tokenizer.ggml.unknown_token_id": _U32(vocabulary.index("[UNK]")),
        "tokenizer.ggml.mask_token_id": _U32(vocabulary.index("[MASK]")),
    }


def _with_visible_start(token: str) -> str:
    """WordPiece marks what continues a word, llama.cpp what begins one."""
    if _token_type(token) != _NORMAL_TOKEN:
        return token
    return token.removeprefix("##") if token.startswith("##") else f"\u2581{token}"


def _token_type(word: str) -> int:
    if word == "[UNK]":
        return _UNKNOWN_TOKEN
    return _CONTROL_TOKEN if word.startswith("[") and word.endswith("]") else _NORMAL_TOKEN


def _tensors(path: Path, layers: int) -> Iterator[_Tensor]:
    names = _names(layers)
    for name, values in _safetensors(path):
        if name in names:
            yield _tensor(names.pop(name), values)
    if names:
        raise ValueError(f"{path.name} lacks {', '.join(sorted(names))}.")


def _names(layers: int) -> dict[str, str]:
    stems = dict(_EMBEDDINGS)
    for layer in range(layers):
        stems |= {f"encoder.layer.{layer}.{theirs}": f"blk.{layer}.{ours}" for theirs, ours in _LAYER.items()}
    bare = {"position_embd", "token_embd", "token_types"}
    return {
        f"{theirs}.{part}": f"{ours}.{part}"
        for theirs, ours in stems.items()
        for part in (["weight"] if ours in bare else ["weight", "bias"])
    }


def _safetensors(path: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    start = 8 + length
    for name, entry in json.loads(data[8:start]).items():
        if entry.get("dtype") == "F32":
            begin, end = entry["data_offsets"]
            values = np.frombuffer(data, dtype="<f4", count=(end - begin) // 4, offset=start + begin)
            yield name, values.reshape(entry["shape"])


def _tensor(name: str, values: NDArray[np.float32]) -> _Tensor:
    if values.ndim == 1 or name in _ADDED:
        return _Tensor(name, _F32, values.shape, values.tobytes())
    return _Tensor(name, _Q8_0, values.shape, _eight_bits(values))


def _eight_bits(values: NDArray[np.float32]) -> bytes:
    """Blocks of 32 numbers: a half-precision scale, then each number as a signed byte."""
    blocks = values.reshape(-1, _BLOCK)
    scale = (np.abs(blocks).max(axis=1, keepdims=True) / np.float32(127)).astype(np.float32)
    inverse = np.divide(np.float32(1), scale, out=np.zeros_like(scale), where=scale != 0)
    packed = np.empty(len(blocks), dtype=[("scale", "<f2"), ("bytes", "i1", (_BLOCK,))])
    packed["scale"] = scale[:, 0]
    packed["bytes"] = np.rint(blocks * inverse)
    return packed.tobytes()


def _write(file: IO[bytes], metadata: Mapping[str, object], tensors: Sequence[_Tensor]) -> None:
    file.write(_MAGIC + struct.pack("<IQQ", _VERSION, len(tensors), len(metadata)))
    for key, value in metadata.items():
        file.write(_text(key) + _typed(value))
    offset = 0
    for tensor in tensors:
        file.write(_description(tensor, offset))
        offset += _padded(len(tensor.payload))
    file.write(b"\0" * (_padded(file.tell()) - file.tell()))
    for tensor in tensors:
        file.write(tensor.payload.ljust(_padded(len(tensor.payload)), b"\0"))


def _description(tensor: _Tensor, offset: int) -> bytes:
    # GGUF names the fastest-running dimension first.
    shape = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *reversed(tensor.shape))
    return _text(tensor.name) + shape + struct.pack("<IQ", tensor.kind, offset)


def _typed(value: object) -> bytes:
    kind, payload = _encoded(value)
    return struct.pack("<I", kind) + payload


def _encoded(value: object) -> tuple[int, bytes]:
    match value:
        case bool():
            return 7, struct.pack("<?", value)
        case _U32():
            return 4, struct.pack("<I", value)
        case int():
            return 5, struct.pack("<i", value)
        case float():
            return 6, struct.pack("<f", value)
        case str():
            return 8, _text(value)
        case list():
            items = [_encoded(item) for item in value]
            return 9, struct.pack("<IQ", items[0][0], len(items)) + b"".join(payload for _, payload in items)
    raise TypeError(f"GGUF has no place for {value!r}.")


def _text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def _padded(length: int) -> int:
    return -(-length // _ALIGNMENT) * _ALIGNMENT
