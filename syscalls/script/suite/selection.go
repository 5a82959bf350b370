package suite

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"

	"sysindvm/syscalls/script"
)

// Selection says which scripts are run, and in what order. The zero value is
// all of them, as they come.
type Selection struct {
	Run  *regexp.Regexp // only those whose names match; nil for all
	Skip *regexp.Regexp // not those whose names match; nil for none
	// Shard is the part of the scripts that is run here.
	Shard Shard
	// Shuffle, if it is not 0, seeds a random order.
	Shuffle int64
}

// Of picks the scripts.
func (s Selection) Of(all []*script.Script) (picked []*script.Script) {
	for _, t := range all {
		if (s.Run == nil || s.Run.MatchString(t.Name)) && (s.Skip == nil || !s.Skip.MatchString(t.Name)) && s.Shard.Has(t.Name) {
			picked = append(picked, t)
		}
	}
	if s.Shuffle != 0 {
		r := rand.New(rand.NewPCG(uint64(s.Shuffle), 0))
		r.Shuffle(len(picked), func(i, j int) { picked[i], picked[j] = picked[j], picked[i] })
	}
	return picked
}

// Shard is one of the parts that a suite is split into, for machines that
// share the work. The split is by a script's name alone: it stays where it is
// when others come and go. The zero value is the whole.
type Shard struct {
	Index int // from 0
	Total int // 0 or 1: not split
}

// maxShards bounds the parts of a suite.
const maxShards = 10000

// Has says whether a script is in the shard.
func (s Shard) Has(name string) bool {
	if s.Total <= 1 {
		return true
	}
	h := sha256.Sum256([]byte(name))
	return binary.BigEndian.Uint64(h[:])%uint64(s.Total) == uint64(s.Index)
}

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index+1, s.Total) }

// ParseShard reads i/n: part i, from 1, of n.
func ParseShard(text string) (Shard, error) {
	i, n, ok := strings.Cut(text, "/")
	index, err1 := strconv.Atoi(i)
	total, err2 := strconv.Atoi(n)
	if !ok || err1 != nil || err2 != nil || total < 1 || total > maxShards || index < 1 || index > total {
		return Shard{}, fmt.Errorf("%q is no shard: part i of n is written i/n, 1/4 to 4/4", text)
	}
	return Shard{index - 1, total}, nil
}

// shardVars are the variables that say which shard a process is, in the order
// in which they count. Both count shards from 0.
var shardVars = []struct{ who, index, total string }{
	// bazel.build/reference/test-encyclopedia, "Initial conditions".
	{"Bazel", "TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS"},
	// An Indexed Job sets the index of each pod; the manifest must give the
	// number of completions.
	{"Kubernetes", "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"},
}

// ShardFromEnv is the shard that the environment gives: Bazel's
// TEST_SHARD_INDEX and TEST_TOTAL_SHARDS, or JOB_COMPLETION_INDEX, which a
// Kubernetes Indexed Job sets, and JOB_COMPLETIONS, which its manifest must. who is
// empty if neither pair is set; that only half of a pair is set is an error. Bazel
// is told that its variables were read, as it wants, by the file that
// TEST_SHARD_STATUS_FILE names.
func ShardFromEnv(getenv func(string) string) (s Shard, who string, err error) {
	for _, v := range shardVars {
		index, total := getenv(v.index), getenv(v.total)
		switch {
		case index == "" && total == "":
			continue
		case index == "" || total == "":
			return Shard{}, v.who, fmt.Errorf("of %s and %s, which say together what part of the scripts runs here, only one is set: set both, or say --shard 1/1 to run them all", v.index, v.total)
		}
		i, err1 := strconv.Atoi(index)
		n, err2 := strconv.Atoi(total)
		if err1 != nil || err2 != nil || n < 1 || n > maxShards || i < 0 || i >= n {
			return Shard{}, v.who, fmt.Errorf("%s=%q and %s=%q are no shard: the index goes from 0 to one less than the total", v.index, index, v.total, total)
		}
		if name := getenv("TEST_SHARD_STATUS_FILE"); name != "" && v.who == "Bazel" {
			if err := os.WriteFile(name, nil, 0o666); err != nil {
				return Shard{}, v.who, err
			}
		}
		return Shard{i, n}, v.who, nil
	}
	return Shard{}, "", nil
}
