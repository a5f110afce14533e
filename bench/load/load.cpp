// The load client of bench/run: a fixed number of connections, one thread each, bounded by a count
// and a time. Prints one JSON object. Content and digests are made before the clock starts.
#include <openssl/evp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "connection.h"

namespace load {
namespace {

constexpr int kFailuresPerThread = 20;  // then a thread gives up
constexpr const char* kOctets = "Content-Type: application/octet-stream\r\n";

struct Options {
  std::string command, url, repository, path, manifest, type, prefix, header, method, body;
  long count = 1, size = 10240, connections = 1, seed = 1, start = 0;
  double seconds = 0;    // > 0: as many requests as fit in
  double at_most = 300;  // the end in any case
};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Totals {
  std::mutex mutex;
  std::vector<double> latencies;
  long good = 0, bad = 0;
  long long bytes = 0;
  std::map<int, long> statuses;
  std::string first_error;
};

struct Outcome {
  int status = 0;
  long bytes = 0;
};
using Operation = std::function<Outcome(Connection&, long thread, long number)>;

// One thread's share of the work.
void work(const Options& o, double end, long thread, const Operation& operation,
          std::atomic<long>& next, Totals& totals) {
  Connection connection(parse_url(o.url), o.header.empty() ? "" : o.header + "\r\n");
  Totals mine;
  while (now() < end && mine.bad < kFailuresPerThread) {
    const long number = next++;
    if (o.seconds <= 0 && number >= o.count) break;
    const double begun = now();
    try {
      const Outcome outcome = operation(connection, thread, number);
      mine.latencies.push_back(now() - begun);
      ++mine.statuses[outcome.status];
      const bool good = outcome.status >= 200 && outcome.status < 300;
      ++(good ? mine.good : mine.bad);
      if (good) mine.bytes += outcome.bytes;
    } catch (const std::exception& error) {
      ++mine.bad;
      connection.close();
      if (mine.first_error.empty()) mine.first_error = error.what();
    }
  }
  const std::lock_guard lock(totals.mutex);
  totals.latencies.insert(totals.latencies.end(), mine.latencies.begin(), mine.latencies.end());
  totals.good += mine.good;
  totals.bad += mine.bad;
  totals.bytes += mine.bytes;
  for (const auto& [status, n] : mine.statuses) totals.statuses[status] += n;
  if (totals.first_error.empty()) totals.first_error = mine.first_error;
}

void report(Totals& totals, double wall) {
  std::sort(totals.latencies.begin(), totals.latencies.end());
  const auto quantile = [&](double q) {
    if (totals.latencies.empty()) return 0.0;
    const auto at = static_cast<std::size_t>(q * static_cast<double>(totals.latencies.size()));
    return totals.latencies[std::min(at, totals.latencies.size() - 1)] * 1e3;
  };
  printf(R"({"good":%ld,"bad":%ld,"wall_s":%.4f,"per_s":%.2f,"bytes":%lld,"mib_s":%.2f,)"
         R"("p50_ms":%.3f,"p99_ms":%.3f,"first_error":"%s","statuses":{)",
         totals.good, totals.bad, wall, static_cast<double>(totals.good) / wall, totals.bytes,
         static_cast<double>(totals.bytes) / wall / 1048576, quantile(.5), quantile(.99),
         totals.first_error.c_str());
  const char* comma = "";
  for (const auto& [status, n] : totals.statuses) {
    printf("%s\"%d\":%ld", comma, status, n);
    comma = ",";
  }
  printf("}}\n");
}

int run(const Options& o, const Operation& operation) {
  Totals totals;
  std::atomic<long> next{0};
  const double begun = now();
  const double end = begun + (o.seconds > 0 ? std::min(o.seconds, o.at_most) : o.at_most);
  std::vector<std::thread> threads;
  for (long i = 0; i < o.connections; ++i) {
    threads.emplace_back([&, i] { work(o, end, i, operation, next, totals); });
  }
  for (std::thread& thread : threads) thread.join();
  report(totals, now() - begun);
  return totals.bad == 0 ? 0 : 1;
}

// ---- commands

int get(const Options& o) {
  return run(o, [&](Connection& connection, long, long) {
    const Response answer = connection.request("GET", o.path, "Accept: " + o.type + "\r\n");
    return Outcome{answer.status, answer.body_bytes};
  });
}

std::string hex_sha256(const std::vector<char>& bytes) {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), raw, &length, EVP_sha256(), nullptr);
  std::string text;
  char two[3];
  for (unsigned i = 0; i < length; ++i) {
    snprintf(two, sizeof two, "%02x", raw[i]);
    text += two;
  }
  return text;
}

// Incompressible; the same for a seed, and stamp() makes each copy unique.
std::vector<char> random_bytes(std::size_t size, std::uint64_t seed) {
  std::vector<char> bytes(size);
  std::uint64_t x = seed * 0x9E3779B97F4A7C15ULL + 88172645463325252ULL;
  for (std::size_t i = 0; i + 8 <= size; i += 8) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    memcpy(&bytes[i], &x, 8);
  }
  return bytes;
}

void stamp(std::vector<char>& bytes, long seed, long number) {
  const long words[2] = {seed, number};
  memcpy(bytes.data(), words, std::min(sizeof words, bytes.size()));
}

// POST opens, PUT sends everything: what most clients do with a small blob.
Outcome push_one(Connection& connection, const std::string& repository,
                 const std::vector<char>& bytes, const std::string& hex) {
  const Response opened = connection.request("POST", "/v2/" + repository + "/blobs/uploads/", "");
  if (opened.status != 202) return {opened.status, 0};
  const std::string& location = opened.headers.at("location");
  const char joint = location.find('?') == std::string::npos ? '?' : '&';
  const Response done = connection.request("PUT", location + joint + "digest=sha256:" + hex,
                                           kOctets, {bytes.data(), bytes.size()});
  return {done.status, static_cast<long>(bytes.size())};
}

int push(const Options& o) {
  const auto size = static_cast<std::size_t>(o.size);
  std::vector<std::vector<char>> buffers(static_cast<std::size_t>(o.connections),
                                         random_bytes(size, static_cast<std::uint64_t>(o.seed)));
  std::vector<std::string> digests;
  for (long i = 0; i < o.count; ++i) {
    stamp(buffers[0], o.seed, i);
    digests.push_back(hex_sha256(buffers[0]));
  }
  return run(o, [&](Connection& connection, long thread, long number) {
    std::vector<char>& bytes = buffers[static_cast<std::size_t>(thread)];
    stamp(bytes, o.seed, number);
    return push_one(connection, o.repository, bytes, digests[static_cast<std::size_t>(number)]);
  });
}

// One manifest under many tags.
int tags(const Options& o) {
  std::ifstream file(o.manifest, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + o.manifest);
  const std::string body{std::istreambuf_iterator<char>(file), {}};
  return run(o, [&](Connection& connection, long, long number) {
    char tag[64];
    snprintf(tag, sizeof tag, "%s%06ld", o.prefix.c_str(), number + o.start);
    const Response answer = connection.request("PUT", "/v2/" + o.repository + "/manifests/" + tag,
                                               "Content-Type: " + o.type + "\r\n", body);
    return Outcome{answer.status, static_cast<long>(body.size())};
  });
}

std::string filled(std::string text, const std::string& number) {
  constexpr std::string_view kMark = "{n}";
  for (std::size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark)) {
    text.replace(at, kMark.size(), number);
  }
  return text;
}

// Any request with a body; `{n}` in path and body is the request's number.
int send(const Options& o) {
  return run(o, [&](Connection& connection, long, long number) {
    const std::string text = std::to_string(number + o.start);
    const Response answer = connection.request(
        o.method, filled(o.path, text), "Content-Type: " + o.type + "\r\n", filled(o.body, text));
    return Outcome{answer.status, answer.body_bytes};
  });
}

int usage() {
  fprintf(stderr,
          "load get  --url U --path P [--type T] -c CONNECTIONS (-n COUNT | -d SECONDS)\n"
          "load push --url U --repository R --size BYTES --seed N -c CONNECTIONS -n COUNT\n"
          "load tags --url U --repository R --manifest FILE --type T --prefix P [--start N]\n"
          "          -c CONNECTIONS -n COUNT\n"
          "load send --url U --method M --path P --type T --body B [--start N]\n"
          "          -c CONNECTIONS (-n COUNT | -d SECONDS)     {n}: the request's number\n"
          "U is http://HOST:PORT or unix:/PATH. Each: [--header LINE] [--at-most SECONDS] (300)\n");
  return 2;
}

Options parse(const std::vector<std::string>& words) {
  Options o;
  o.command = words.at(1);
  const std::map<std::string, std::string*> texts = {
      {"--url", &o.url},       {"--repository", &o.repository},
      {"--path", &o.path},     {"--manifest", &o.manifest},
      {"--type", &o.type},     {"--prefix", &o.prefix},
      {"--header", &o.header}, {"--method", &o.method},
      {"--body", &o.body}};
  const std::map<std::string, long*> numbers = {{"-n", &o.count},
                                                {"--size", &o.size},
                                                {"-c", &o.connections},
                                                {"--seed", &o.seed},
                                                {"--start", &o.start}};
  const std::map<std::string, double*> times = {{"-d", &o.seconds}, {"--at-most", &o.at_most}};
  for (std::size_t i = 2; i < words.size(); i += 2) {
    const std::string& value = words.at(i + 1);
    if (const auto text = texts.find(words[i]); text != texts.end()) {
      *text->second = value;
    } else if (const auto number = numbers.find(words[i]); number != numbers.end()) {
      *number->second = std::stol(value);
    } else {
      *times.at(words[i]) = std::stod(value);
    }
  }
  return o;
}

}  // namespace
}  // namespace load

int main(int argc, char** argv) {
  const std::map<std::string, int (*)(const load::Options&)> commands = {
      {"get", load::get}, {"push", load::push}, {"tags", load::tags}, {"send", load::send}};
  try {
    const load::Options options = load::parse({argv, argv + argc});
    const auto command = commands.find(options.command);
    return command == commands.end() ? load::usage() : command->second(options);
  } catch (const std::out_of_range&) {
    return load::usage();
  } catch (const std::exception& error) {
    fprintf(stderr, "load: %s\n", error.what());
    return 3;
  }
}
