#pragma once

// Memory for LibTorch's tensors on the host. Inside the module only.
namespace tideline::aten {

// From here on LibTorch takes tensors' memory from a cache: a freed block waits for the next tensor
// of its size, or of down to a quarter of it, as the runs of a network ask for the same sizes again
// and again. Without it, glibc unmaps blocks above 32 MiB when they are freed, and each run pays
// for zeroed pages anew; and it merges smaller ones on every free. At most 1 GiB waits. Call once,
// before the first tensor is made. What it gives out is aligned to 64 bytes.
void InstallBlockCache();

}  // namespace tideline::aten
