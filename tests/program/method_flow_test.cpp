#include "program/method_flow.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace etllm::program {
namespace {

constexpr std::uint64_t kEnough = 1'000'000;

/// Appends a step with these effects.
void add_step(MethodFlow& flow, const std::vector<Effect>& effects,
              std::uint32_t jump = kNone) {
  flow.effects.insert(flow.effects.end(), effects.begin(), effects.end());
  flow.steps.push_back({static_cast<std::uint32_t>(flow.effects.size()), jump});
}

bool is_sound(const MethodFlow& flow) {
  WorkBudget budget(kEnough);
  return find_flow_defect(flow, budget).empty();
}

TEST(MethodFlow, WritesToConstantsAreRefused) {
  MethodFlow flow;
  flow.values.resize(2);
  add_step(flow, {{0, Access::kWrite}});
  EXPECT_TRUE(is_sound(flow));
  flow.values[0].is_read_only = true;
  EXPECT_FALSE(is_sound(flow));
}

TEST(MethodFlow, WhatBecomesAConstantMustNotBeWrittenEither) {
  MethodFlow flow;
  flow.values.resize(3);
  flow.values[0].is_read_only = true;
  // The order does not matter: there may be loops.
  add_step(flow, {{2, Access::kWrite}});
  add_step(flow, {{2, Access::kAssign, 1}});
  EXPECT_TRUE(is_sound(flow));
  add_step(flow, {{1, Access::kAssign, 0}});
  EXPECT_FALSE(is_sound(flow));
}

TEST(MethodFlow, ViewsMustNotBeWritten) {
  MethodFlow flow;
  flow.values.resize(1);
  add_step(flow, {{0, Access::kView}});
  EXPECT_TRUE(is_sound(flow));
  add_step(flow, {{0, Access::kWrite}});
  EXPECT_FALSE(is_sound(flow));
}

TEST(MethodFlow, InputsMustNotBeReplaced) {
  MethodFlow flow;
  flow.values.resize(2);
  flow.values[0].is_input = true;
  add_step(flow, {{0, Access::kAssign, 1}});
  EXPECT_FALSE(is_sound(flow));
}

TEST(MethodFlow, EmptyValuesAreAssignedBeforeUse) {
  MethodFlow flow;
  flow.values.resize(2);
  flow.values[0].is_empty = true;
  add_step(flow, {{0, Access::kAssign, 1}});
  add_step(flow, {{0, Access::kRead}});
  EXPECT_TRUE(is_sound(flow));
  std::swap(flow.effects[0], flow.effects[1]);
  EXPECT_FALSE(is_sound(flow));
}

TEST(MethodFlow, OutputsAreAssigned) {
  MethodFlow flow;
  flow.values.resize(1);
  flow.values[0].is_empty = true;
  flow.outputs = {0};
  EXPECT_FALSE(is_sound(flow));
  flow.values[0].is_input = true;
  EXPECT_TRUE(is_sound(flow));
}

TEST(MethodFlow, EveryBranchAssigns) {
  for (const bool both : {true, false}) {
    MethodFlow flow;
    flow.values.resize(2);
    flow.values[0].is_empty = true;
    const std::vector<Effect> assign = {{0, Access::kAssign, 1}};
    add_step(flow, {}, 3);  // To the other branch.
    add_step(flow, assign);
    add_step(flow, {}, 4);  // Past the other branch.
    add_step(flow, both ? assign : std::vector<Effect>{});
    add_step(flow, {{0, Access::kRead}});
    EXPECT_EQ(is_sound(flow), both);
  }
}

TEST(MethodFlow, LoopsAreFollowedBack) {
  MethodFlow flow;
  flow.values.resize(3);
  flow.values[0].is_empty = true;
  add_step(flow, {}, 2);
  add_step(flow, {{0, Access::kAssign, 1}});
  add_step(flow, {}, 4);
  add_step(flow, {{0, Access::kRead}});
  add_step(flow, {}, 3);
  EXPECT_FALSE(is_sound(flow));
}

TEST(MethodFlow, WorkIsBounded) {
  MethodFlow flow;
  flow.values.resize(1);
  flow.values[0].is_empty = true;
  flow.outputs = {0};
  for (int i = 0; i < 100; ++i) add_step(flow, {{0, Access::kAssign}});
  WorkBudget budget(100);
  EXPECT_NE(find_flow_defect(flow, budget).find("complicated"),
            std::string::npos);
}

}  // namespace
}  // namespace etllm::program
