// SPDX-License-Identifier: Apache-2.0
// Fetches one URL to standard output: how a program uses the client without a host.
//   get [--ca FILE] [--timeout SECONDS] [--times N] URL
// Answers 0 when the service said 2xx, 1 otherwise, 2 when the command line is not understood.
#include <charconv>
#include <cstdio>
#include <string_view>
#include <tento/http/client.hpp>
#include <vector>

namespace {

using namespace tento;

// Copies a body to standard output as it comes: memory stays flat however large it is.
Result<void> copy_out(http::Body& body) {
  std::vector<char> buffer(64u << 10);
  for (;;) {
    TENTO_TRY_ASSIGN(const http::Body::Chunk chunk, body.read(buffer));
    if (std::fwrite(buffer.data(), 1, chunk.size, stdout) != chunk.size)
      return fail(ErrorCode::io, ErrorClass::internal, "standard output cannot be written to");
    if (chunk.end) return {};
  }
}

Result<bool> fetch(http::Client& client, const std::string& url, std::chrono::seconds timeout) {
  http::Request request;
  request.url = url;
  http::SendOptions options;
  options.deadline = std::chrono::steady_clock::now() + timeout;
  TENTO_TRY_ASSIGN(http::Response response, client.send(request, options));
  std::fprintf(stderr, "%u %s\n", response.status, response.final_url.c_str());
  if (response.body) TENTO_TRY(copy_out(*response.body));
  return response.status >= 200 && response.status <= 299;
}

int usage() {
  std::fprintf(stderr, "usage: get [--ca FILE] [--timeout SECONDS] [--times N] URL\n");
  return 2;
}

bool positive(std::string_view text, int& out) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  return code == std::errc() && end == text.data() + text.size() && out > 0;
}

}  // namespace

int main(int argc, char** argv) {
  http::ClientOptions options;
  options.user_agent = "tento-example";
  int seconds = 60, times = 1;
  std::string url;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--ca" && i + 1 < argc) {
      options.ca_file = argv[++i];
    } else if (argument == "--timeout" && i + 1 < argc) {
      if (!positive(argv[++i], seconds)) return usage();
    } else if (argument == "--times" && i + 1 < argc) {
      if (!positive(argv[++i], times)) return usage();
    } else if (url.empty() && !argument.starts_with("--")) {
      url = argument;
    } else {
      return usage();
    }
  }
  if (url.empty()) return usage();

  auto client = http::Client::create(std::move(options));
  if (!client) {
    std::fprintf(stderr, "%s\n", client.error().message.c_str());
    return 1;
  }
  bool fine = true;
  for (int i = 0; i < times; ++i) {
    const auto fetched = fetch(**client, url, std::chrono::seconds(seconds));
    if (!fetched) std::fprintf(stderr, "%s: %s\n", fetched.error().tag.c_str(), fetched.error().message.c_str());
    fine = fine && fetched && *fetched;
  }
  const http::ClientStats stats = (*client)->stats();
  std::fprintf(stderr, "%llu requests, %llu connections, %llu handshakes (%llu resumed)\n",
               static_cast<unsigned long long>(stats.requests), static_cast<unsigned long long>(stats.connections),
               static_cast<unsigned long long>(stats.handshakes), static_cast<unsigned long long>(stats.resumed));
  return fine ? 0 : 1;
}
