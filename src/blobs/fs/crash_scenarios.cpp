#include "blobs/fs/crash_scenarios.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/random.h"
#include "blobs/fs/fs_store.h"
#include "blobs/fs/layout.h"
#include "blobs/store_testing.h"
#include "crypto/hasher.h"

namespace berth::blobs::fs::testing {
namespace {

using namespace berth::blobs::testing;  // NOLINT(google-build-using-namespace)

constexpr const char* kRoot = "/srv/data";
constexpr const char* kUploadId = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";
constexpr std::size_t kGather = 1'000;  // small, so that short stories write files

oci::Digest sha256(std::string_view content) {
  return crypto::digest_of(oci::Algorithm::kSha256, content);
}

// Notes the outcome of a call: true when it was acknowledged.
template <class T>
bool noted(Ledger& ledger, const Result<T>& result) {
  if (!result) ledger.errors.push_back(result.error());
  return result.has_value();
}

void put(Rig& rig, Ledger& ledger, const std::string& content) {
  ledger.removed.erase(location_of(sha256(content)));  // from now on either way will do
  const auto location = wait_for(rig.store->put(bytes_of(content), sha256(content)));
  if (!noted(ledger, location)) return;
  ledger.acknowledged[*location] = content;
  ledger.damaged.erase(*location);
}

void remove(Rig& rig, Ledger& ledger, const std::string& content) {
  const BlobLocation location = location_of(sha256(content));
  ledger.acknowledged.erase(location);  // likewise
  if (noted(ledger, wait_for(rig.store->remove(location)))) ledger.removed.insert(location);
}

// The parts of an upload; '|' in the plan is a checkpoint, every other character an append.
struct Plan {
  std::string content;
  std::string steps;
  oci::Digest expected;
};

Plan plan_of(std::size_t size, std::string steps) {
  std::string content = content_of(size);
  const oci::Digest expected = sha256(content);
  return {std::move(content), std::move(steps), expected};
}

bool play_steps(UploadSession& upload, Ledger& ledger, const Plan& plan, std::size_t& at) {
  const auto appends = static_cast<std::size_t>(
      std::count_if(plan.steps.begin(), plan.steps.end(), [](char c) { return c != '|'; }));
  const std::size_t piece = appends == 0 ? 0 : plan.content.size() / appends;
  for (const char step : plan.steps) {
    if (step == '|') {
      auto saved = wait_for(upload.checkpoint());
      if (!noted(ledger, saved)) return false;
      ledger.checkpoint = std::move(*saved);
      continue;
    }
    const std::string_view part = std::string_view(plan.content).substr(at, piece);
    if (!noted(ledger, wait_for(upload.append(bytes_of(part))))) return false;
    at += part.size();
  }
  return true;
}

void play(UploadSession& upload, Ledger& ledger, const Plan& plan) {
  ledger.upload_content = plan.content;
  std::size_t at = upload.offset();
  if (play_steps(upload, ledger, plan, at)) {
    const std::string_view rest = std::string_view(plan.content).substr(at);
    if (noted(ledger, wait_for(upload.append(bytes_of(rest))))) {
      ledger.commit_begun = true;
      // A commit that must be refused removes what the checkpoint was for.
      if (crypto::digest_of(plan.expected.algorithm(), plan.content) != plan.expected) {
        ledger.checkpoint.reset();
      }
      const auto location = wait_for(upload.commit(plan.expected));
      if (noted(ledger, location)) {
        ledger.acknowledged[*location] = plan.content;
        ledger.checkpoint.reset();
        return;
      }
    }
  }
  // A power cut makes this a no-op; after an error it must leave nothing behind.
  wait_for(upload.cancel());
}

void upload(Rig& rig, Ledger& ledger, const Plan& plan) {
  auto started = wait_for(rig.store->start_upload(kUploadId, oci::Algorithm::kSha256));
  if (noted(ledger, started)) play(**started, ledger, plan);
}

void resume(Rig& rig, Ledger& ledger, const Plan& plan) {
  auto resumed = wait_for(rig.store->resume_upload(kUploadId, *ledger.checkpoint));
  if (noted(ledger, resumed)) play(**resumed, ledger, plan);
}

// More bytes arrive beyond the checkpoint than the whole content has, then the process ends.
void leave_half_done(Rig& rig, Ledger& ledger) {
  const Plan plan = plan_of(6'000, "aaaa");
  ledger.upload_content = plan.content;
  auto started = wait_for(rig.store->start_upload(kUploadId, oci::Algorithm::kSha256));
  auto& upload = **started;
  const std::string_view text = plan.content;
  static_cast<void>(wait_for(upload.append(bytes_of(text.substr(0, 2'100)))));
  ledger.checkpoint = *wait_for(upload.checkpoint());
  static_cast<void>(wait_for(upload.append(bytes_of(content_of(5'000, 77)))));
}

void damage(Rig& rig, Ledger& ledger, const std::string& content) {
  put(rig, ledger, content);
  const BlobLocation location = location_of(sha256(content));
  const std::string path = fmt::format("{}/blobs/{}", kRoot, location.text);
  auto file = rig.os->open(path, Access::kReadWrite);
  static_cast<void>(rig.os->write_at(*file, bytes_of("rot"), 700));
  static_cast<void>(rig.os->sync_data(*file));
  ledger.damaged[location] = std::string(content).replace(700, 3, "rot");
  ledger.acknowledged.erase(location);
}

// An earlier run died, without a power cut, after making the directory and before syncing it.
void leave_unsynced_directory(Rig& rig, Ledger& /*ledger*/) {
  const oci::Digest digest = sha256(content_of(2'600));
  static_cast<void>(rig.os->make_directory(Layout(kRoot).fan_out(digest)));
}

void open_rig(Rig& rig, Ledger& ledger) {
  noted(ledger, rig.open());
}

std::vector<Story> make_stories() {
  const auto both = [](auto first, auto second) {
    return [=](Rig& r, Ledger& l) {
      first(r, l);
      second(r, l);
    };
  };
  const auto uploading = [](const Plan& plan) {
    return [=](Rig& r, Ledger& l) { upload(r, l, plan); };
  };
  const std::string content = content_of(2'600);
  const auto put_it = [=](Rig& r, Ledger& l) { put(r, l, content); };
  const auto put_other = [](Rig& r, Ledger& l) { put(r, l, content_of(900, 5)); };
  const auto remove_it = [=](Rig& r, Ledger& l) { remove(r, l, content); };
  const auto damage_it = [=](Rig& r, Ledger& l) { damage(r, l, content); };
  Plan wide = plan_of(4'000, "aa");
  wide.expected = crypto::digest_of(oci::Algorithm::kSha512, wide.content);
  Plan wrong = plan_of(4'000, "aaa|a");
  wrong.expected = sha256("something else");
  return {
      {"Put", open_rig, both(put_it, put_other)},
      {"PutAgain", both(open_rig, put_it), put_it},
      {"SmallUpload", open_rig, uploading(plan_of(900, "aa"))},
      {"EmptyUpload", open_rig, uploading(plan_of(0, ""))},
      {"StreamedUpload", open_rig, uploading(plan_of(5'000, "aaaa"))},
      {"CheckpointedUpload", open_rig, uploading(plan_of(6'000, "aa|a|aa|"))},
      {"ResumedUpload", both(open_rig, leave_half_done),
       [](Rig& r, Ledger& l) { resume(r, l, plan_of(6'000, "aa|a|a")); }},
      {"OtherAlgorithm", open_rig, uploading(wide)},
      {"WrongDigest", open_rig, uploading(wrong)},
      {"Repair", both(open_rig, damage_it), put_it},
      {"Remove", both(open_rig, both(put_it, put_other)), remove_it},
      {"PutAfterADeath", both(open_rig, leave_unsynced_directory), both(open_rig, put_it)},
      {"RemoveAndPut", both(open_rig, put_it), both(remove_it, put_it)},
  };
}

std::string hash_name(const BlobLocation& location) {
  const auto digest = digest_at(location);
  return digest ? digest->text() : "malformed " + location.text;
}

// Acknowledged content is there and nothing unverified is visible.
void judge_content(BlobStore& store, const Ledger& ledger, std::vector<std::string>& broken) {
  for (const auto& [location, content] : ledger.acknowledged) {
    const auto read = read_blob(store, location);
    if (!read) {
      broken.push_back("lost: " + location.text);
    } else if (*read != content) {
      broken.push_back("changed: " + location.text);
    }
  }
  const auto all = list_all(store, 3);
  if (!all) broken.push_back("cannot be listed: " + all.error().cause);
  for (const StoredBlob& blob : all.value_or(std::vector<StoredBlob>{})) {
    const auto digest = digest_at(blob.location);
    const std::string content = read_blob(store, blob.location).value_or("unreadable");
    const auto damaged = ledger.damaged.find(blob.location);
    const bool known_damage = damaged != ledger.damaged.end() && damaged->second == content;
    const bool right = digest && crypto::digest_of(digest->algorithm(), content) == *digest;
    if (!right && !known_damage) broken.push_back("unverified: " + hash_name(blob.location));
    if (ledger.removed.contains(blob.location))
      broken.push_back("back again: " + blob.location.text);
  }
}

// The last acknowledged checkpoint continues to the right digest.
void judge_checkpoint(BlobStore& store, const Ledger& ledger, std::vector<std::string>& broken) {
  if (!ledger.checkpoint) return;
  const oci::Digest expected = sha256(ledger.upload_content);
  auto resumed = wait_for(store.resume_upload(kUploadId, *ledger.checkpoint));
  if (!resumed) {
    // Only a commit that was on its way may have taken the upload: then the blob is there.
    const bool moved = ledger.commit_begun && wait_for(store.stat(location_of(expected)));
    if (!moved) broken.push_back("checkpoint lost: " + resumed.error().cause);
    return;
  }
  const std::string_view rest =
      std::string_view(ledger.upload_content).substr((*resumed)->offset());
  if ((*resumed)->offset() != ledger.checkpoint->offset) broken.push_back("checkpoint moved");
  if (!wait_for((*resumed)->append(bytes_of(rest)))) broken.push_back("cannot append");
  if (!wait_for((*resumed)->commit(expected))) broken.push_back("checkpoint gives a wrong digest");
}

}  // namespace

Result<void> Rig::open() {
  SeededRandom random(++runs);
  const Options options{.root = kRoot, .gather_bytes = kGather};
  TRY_ASSIGN(store, open_store(options, disk, *os, *clock, random));
  return {};
}

Rig Rig::crash(std::uint64_t seed) const {
  Rig after(disk);
  after.os = os->crash(seed);
  after.runs = runs;
  return after;
}

const std::vector<Story>& stories() {
  static const std::vector<Story> all = make_stories();
  return all;
}

std::vector<std::string> judge(Rig& rig, const Ledger& ledger) {
  if (auto opened = rig.open(); !opened) return {"cannot be opened: " + opened.error().cause};
  std::vector<std::string> broken;
  judge_content(*rig.store, ledger, broken);
  judge_checkpoint(*rig.store, ledger, broken);
  Ledger later;
  later.damaged = ledger.damaged;
  put(rig, later, content_of(1'234, 42));
  judge_content(*rig.store, later, broken);
  if (!later.errors.empty()) broken.push_back("takes no blob: " + later.errors.front().cause);
  const auto nobody = [](std::string_view) { return false; };
  if (!wait_for(rig.store->remove_stale_uploads(nobody))) broken.emplace_back("cannot clean");
  if (!rig.os->list(std::string(kRoot) + "/uploads")->empty()) broken.emplace_back("not clean");
  return broken;
}

std::vector<std::string> crash_everywhere(BlockingPool& disk, const Story& story,
                                          std::uint64_t seeds,
                                          const std::function<void(FaultyFileSystem&)>& setup) {
  std::vector<std::string> broken;
  // One cut beyond the last operation of the story ends the loop.
  for (std::uint64_t cut = 0, last = 0; cut <= last; ++cut) {
    Rig rig(disk);
    Ledger ledger;
    story.prepare(rig, ledger);
    setup(*rig.os);
    const std::uint64_t begin = rig.os->operations();
    rig.os->cut_power_at(begin + cut);
    story.act(rig, ledger);
    last = rig.os->operations() - begin;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      Rig after = rig.crash(seed);
      for (const std::string& line : judge(after, ledger)) {
        broken.push_back(fmt::format("{}: power cut before operation {}, seed {}: {}", story.name,
                                     cut, seed, line));
      }
    }
  }
  return broken;
}

}  // namespace berth::blobs::fs::testing
