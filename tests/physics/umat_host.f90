! A Fortran host that strains one point twice by DSTRAN and prints what UMAT says.
program umat_host
  implicit none
  integer, parameter :: real64 = kind(1d0), nstatv = 19
  character(80) :: cmname
  real(real64) :: stress(6) = 0, statev(nstatv) = 0, ddsdde(6, 6), sse = 0, spd, scd, rpl, ddsddt(6), drplde(6), drpldt
  real(real64) :: stran(6) = 0, dstran(6) = [1d-3, 0d0, 0d0, 4d-4, 0d0, 0d0], time(2), dtime, temp, dtemp, predef(1)
  real(real64) :: dpred(1), props(1) = 1000, coords(3), drot(3, 3), pnewdt = 1, celent, dfgrd0(3, 3), dfgrd1(3, 3)
  integer :: ndi = 3, nshr = 3, ntens = 6, nprops = 1, noel, npt, layer, kspt, kstep(4), kinc, increment
  external :: umat
  do increment = 1, 2
    call umat(stress, statev, ddsdde, sse, spd, scd, rpl, ddsddt, drplde, drpldt, stran, dstran, time, dtime, temp, &
              dtemp, predef, dpred, cmname, ndi, nshr, ntens, nstatv, props, nprops, coords, drot, pnewdt, celent, &
              dfgrd0, dfgrd1, noel, npt, layer, kspt, kstep, kinc)
    stran = stran + dstran
  end do
  print '(9es25.16)', stress, ddsdde(1, 2), sse, pnewdt
end program
