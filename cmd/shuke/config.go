package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"github.com/shuke-commerce/shuke/internal/platform/config"
)

// configFlag adds --config to a command.
func configFlag(f *flag.FlagSet) *string {
	return f.String("config", os.Getenv("SHUKE_CONFIG"), "TOML `file`; default shuke.toml if it exists")
}

// loadConfig reads the configuration; environment variables win over the file.
func loadConfig(path string) (config.Config, error) {
	if path == "" {
		if _, err := os.Stat("shuke.toml"); !errors.Is(err, fs.ErrNotExist) {
			path = "shuke.toml"
		}
	}
	c, err := config.Load(path, os.Environ())
	if err != nil {
		return c, fmt.Errorf("configuration · 配置有误:\n%w", err)
	}
	return c, nil
}

// logger writes structured logs to standard error.
func logger(c config.Log) *slog.Logger {
	level := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}[c.Level]
	opts := &slog.HandlerOptions{Level: level}
	if c.Format == "text" {
		return slog.New(slog.NewTextHandler(os.Stderr, opts))
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, opts))
}
