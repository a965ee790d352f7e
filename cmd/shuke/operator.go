package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/platform/db"
)

// runOperator makes the first login of a market, which makes all others in the
// console, or gives an operator who forgot it a new password. The password comes
// by standard input, so that no list of processes shows it.
func runOperator(ctx context.Context, args []string) error {
	f := flags("operator", "--login name [--name 姓名] [--reset] < password\n\nMakes a market operator, who makes shops and their owners in the console.\nThe password is the first line of standard input, at least 8 characters.")
	path := configFlag(f)
	login := f.String("login", "", "`login` of the operator")
	name := f.String("name", "运营", "`name` shown in the console")
	reset := f.Bool("reset", false, "give this login, which exists, a new password; its sessions end")
	if err := parse(f, args); err != nil {
		return err
	}
	if *login == "" {
		return errors.New("operator: name a login: shuke operator --login market · 请用 --login 指定登录名")
	}
	password, err := firstLine(os.Stdin)
	if err != nil {
		return err
	}
	return withHouse(ctx, *path, func(h *app.House) error {
		m := staff.Member{Login: *login, Name: *name, Role: staff.Operator}
		if *reset {
			return resetOperator(ctx, h, *login, password)
		}
		m, err := h.Onboarding.AddMember(ctx, m, password)
		if errors.Is(err, staff.ErrLoginTaken) {
			return fmt.Errorf("%w (--reset gives it a new password · 加 --reset 可重设密码)", err)
		}
		if err != nil {
			return err
		}
		fmt.Printf("%s may log in at %s/console/ · 可以登录了\n", m.Login, h.Config.BaseURL())
		return nil
	})
}

// resetOperator gives an active operator a new password.
func resetOperator(ctx context.Context, h *app.House, login, password string) error {
	var m staff.Member
	if err := h.DB.Read(ctx, func(tx *db.Tx) (err error) {
		m, _, err = staff.ForLogin(tx, login)
		return err
	}); errors.Is(err, staff.ErrLogin) || err == nil && m.Role != staff.Operator {
		return fmt.Errorf("operator: there is no active operator %q · 没有这个运营账号", login)
	} else if err != nil {
		return err
	}
	if _, err := h.Onboarding.ChangeMember(ctx, m, password); err != nil {
		return err
	}
	fmt.Printf("%s has a new password · 密码已重设\n", m.Login)
	return nil
}

// firstLine reads a password that is typed or piped in; 1 KiB at most.
func firstLine(in *os.File) (string, error) {
	if s, err := in.Stat(); err == nil && s.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprint(os.Stderr, "password · 密码: ")
	}
	line, err := bufio.NewReader(io.LimitReader(in, 1024)).ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if line == "" {
		return "", errors.New("operator: give the password on standard input · 请从标准输入给出密码")
	}
	return line, nil
}
