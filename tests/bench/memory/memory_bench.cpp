// SPDX-License-Identifier: Apache-2.0
// A sync of 1,000,000 cells: peak memory above that of 10,000, as one transaction and as batches, and the cost per cell
// at the end of the load against its beginning. Each load runs in a process of its own, since a peak never falls.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>

#include "host/store/staged_cells.hpp"
#include "tests/bench/harness.hpp"
#include "tests/bench/store_fixture.hpp"

namespace {

using namespace tento;
using namespace tento::bench;

constexpr std::uint64_t many = 1'000'000;
constexpr std::uint64_t few = 10'000;
constexpr std::uint64_t batch = 250;

struct Load {
  double peak_kib = 0;
  std::array<double, 5> fifths{};  // CPU seconds
};

// Hands `count` cells over in batches and notes the CPU time of each fifth.
void put_all(std::uint64_t count, Load& load, const std::function<void(std::span<const host::CellInput>)>& put) {
  std::vector<Sample> samples(batch);
  std::vector<host::CellInput> cells(batch);
  for (std::size_t fifth = 0; fifth < 5; ++fifth) {
    double spent = 0;
    for (std::uint64_t n = count / 5 * fifth; n < count / 5 * (fifth + 1); n += batch) {
      for (std::uint64_t i = 0; i < batch; ++i) cells[i] = input(samples[i] = sample(n + i));
      const double before = cpu_seconds(Cpu::thread);
      put(cells);
      spent += cpu_seconds(Cpu::thread) - before;
    }
    load.fifths[fifth] = spent;
  }
}

Load load_batches(std::uint64_t count) {
  Load load;
  const Folder folder;
  auto store = open_store(folder.path());
  put_all(count, load,
          [&](std::span<const host::CellInput> cells) { must(store.cells->cells().persist(store.row.id, cells, {})); });
  return load;
}

Load load_transaction(std::uint64_t count) {
  Load load;
  const Folder folder;
  auto store = open_store(folder.path());
  host::StagedCells staged(store.cells->cells().staging_folder());
  put_all(count, load, [&](std::span<const host::CellInput> cells) { must(staged.put(cells)); });
  host::RowCommit commit;
  commit.row = store.row.id;
  commit.replace = host::Moments{};
  commit.cells = staged;
  if (must(store.cells->cells().commit(commit)).added != count) give_up("the transaction did not land whole");
  return load;
}

Load in_process(Load (*run)(std::uint64_t), std::uint64_t count) {
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) give_up("cannot make a pipe");
  const pid_t pid = ::fork();
  if (pid == 0) {
    Load load = run(count);
    load.peak_kib = static_cast<double>(peak_rss_kib());
    const bool told = ::write(pipe_ends[1], &load, sizeof load) == static_cast<ssize_t>(sizeof load);
    ::_exit(told ? 0 : 1);
  }
  Load load;
  const bool heard = pid > 0 && ::read(pipe_ends[0], &load, sizeof load) == static_cast<ssize_t>(sizeof load);
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
  int status = 0;
  if (!heard || ::waitpid(pid, &status, 0) != pid || status != 0) give_up("a load failed");
  return load;
}

}  // namespace

int main(int argc, char** argv) {
  Report report("memory", argc, argv);
  const auto extra_mib = [&report](const char* name, const Load& large, const Load& small) {
    report.number(name, (large.peak_kib - small.peak_kib) / 1024, at_most(8));
  };
  const auto small_batches = in_process(load_batches, few);
  const auto batches = in_process(load_batches, many);
  extra_mib("1,000,000 cells in batches: MiB above 10,000", batches, small_batches);
  const auto small_transaction = in_process(load_transaction, few);
  const auto transaction = in_process(load_transaction, many);
  extra_mib("1,000,000 cells in one transaction: MiB above 10,000", transaction, small_transaction);
  constexpr double us_per_cell = 1e6 / (static_cast<double>(many) / 5);
  report.value("cost per cell, last fifth against first, us", batches.fifths[4] * us_per_cell,
               batches.fifths[0] * us_per_cell, at_most(1.3));
  return report.finish();
}
